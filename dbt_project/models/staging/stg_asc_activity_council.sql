{{ observations_of('asc_activity_council') }}
