"""Privacy: the register, the data dictionary, retention and the answer to an access request.

These uses ask a gate, as any other: they show what is declared and what the rows are.
"""
