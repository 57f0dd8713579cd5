"""Server capability recorders: enrolment, control channel, health."""
