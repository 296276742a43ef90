{{ observations_of('oflog') }}
