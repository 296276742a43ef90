{{ observations_of('hes_monthly_open') }}
