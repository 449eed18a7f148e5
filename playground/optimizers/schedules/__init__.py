"""Learning-rate schedules: what the rate is multiplied by as steps go by."""
