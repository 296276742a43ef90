{{ observations_of('asc_activity_2001') }}
