{{ observations_of('virtual_wards') }}
