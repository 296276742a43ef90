{{ observations_of('ascof_open') }}
