"""Rules of evaluations: what a form is, what answers score, who may do what when. Pure."""
