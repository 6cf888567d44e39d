"""The only place that knows SpiffWorkflow: a definition in, steps out.

``diagram`` reads a BPMN file, ``build`` makes SpiffWorkflow's specifications of it, ``elements`` and its
neighbours say what each element does with a token, ``run`` moves the tokens, ``codec`` writes where they stand.
"""
