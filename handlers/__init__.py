"""The law: a module or a package of rules per procedure, and below them ``handlers.law``, the words they share."""
