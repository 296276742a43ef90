{{ observations_of('hes_monthly_activity') }}
