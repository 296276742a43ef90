{{ observations_of('asc_deferred_payments') }}
