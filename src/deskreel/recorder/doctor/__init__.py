"""The connectivity check of an agent's desktop: will screen recording work here, and what is to be opened.

`run.examine` collects facts (reach, traffic, machine); `judge.judge` makes the rows of the report of them. Pure and
at the edge, apart.
"""
