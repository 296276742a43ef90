{{ observations_of('revenue_outturn') }}
