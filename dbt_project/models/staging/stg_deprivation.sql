{{ observations_of('deprivation') }}
