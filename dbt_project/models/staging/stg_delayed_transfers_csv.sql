{{ observations_of('delayed_transfers_csv') }}
