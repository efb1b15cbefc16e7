"""Questions made from notices, so that an office without labels gets a first measurement. Honestly called synthetic.

Units, dates and headings come from the parser that also answers: such a set measures scope, completeness, retrieval and
refusal; it cannot measure whether the parser read a notice rightly.
"""
