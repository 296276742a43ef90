{{ observations_of('acute_discharge_csv') }}
