{{ observations_of('monthly_activity_provider') }}
