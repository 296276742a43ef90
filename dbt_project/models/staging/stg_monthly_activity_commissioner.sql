{{ observations_of('monthly_activity_commissioner') }}
