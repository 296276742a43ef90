{{ observations_of('acute_discharge_sitrep') }}
