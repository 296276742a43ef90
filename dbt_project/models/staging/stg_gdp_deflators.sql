{{ observations_of('gdp_deflators') }}
