{{ observations_of('population_estimates') }}
