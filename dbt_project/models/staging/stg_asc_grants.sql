{{ observations_of('asc_grants') }}
