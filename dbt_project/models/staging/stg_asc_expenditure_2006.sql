{{ observations_of('asc_expenditure_2006') }}
