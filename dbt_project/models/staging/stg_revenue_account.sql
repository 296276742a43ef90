{{ observations_of('revenue_account') }}
