{{ observations_of('revenue_outturn_series') }}
