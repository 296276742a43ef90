{{ observations_of('discharge_ready_date_csv') }}
