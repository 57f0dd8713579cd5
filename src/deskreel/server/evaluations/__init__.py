"""Server capability evaluations: forms, evaluations, sampling, calibration, reports on scores."""
