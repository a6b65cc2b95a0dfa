"""How the table of rights asks the office: of whom, about what, with which words."""
