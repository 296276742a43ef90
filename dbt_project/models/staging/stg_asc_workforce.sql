{{ observations_of('asc_workforce') }}
