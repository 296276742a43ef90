{{ observations_of('ae_monthly') }}
