{{ observations_of('fingertips_profiles') }}
