{{ observations_of('asc_unit_costs') }}
