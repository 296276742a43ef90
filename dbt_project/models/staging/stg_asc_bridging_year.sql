{{ observations_of('asc_bridging_year') }}
