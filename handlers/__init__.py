"""The law: one module of rules per procedure, and below them ``handlers.law``, the words they share."""
