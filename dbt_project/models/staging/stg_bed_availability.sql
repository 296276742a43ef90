{{ observations_of('bed_availability') }}
