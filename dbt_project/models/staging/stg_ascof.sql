{{ observations_of('ascof') }}
