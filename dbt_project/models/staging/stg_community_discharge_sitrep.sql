{{ observations_of('community_discharge_sitrep') }}
