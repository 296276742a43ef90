{{ observations_of('nomis_population') }}
