"""Recorded histories of every release: files that are never edited again, and must run on the code of today.

``v1/`` holds a file for each case, and the definitions and bases they name, each under its hash. ``recording``
writes them; ``tests/acceptance/test_histories.py`` runs them.
"""
