"""The names of the workloads, for those who must not import Qt."""

WORKLOADS = ("office", "console")
