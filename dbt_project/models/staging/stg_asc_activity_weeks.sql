{{ observations_of('asc_activity_weeks') }}
