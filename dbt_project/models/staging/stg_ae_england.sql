{{ observations_of('ae_england') }}
