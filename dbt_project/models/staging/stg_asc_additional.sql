{{ observations_of('asc_additional') }}
