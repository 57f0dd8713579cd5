"""Who this recorder is: enrolment, identity, credential and where its secrets are kept."""
