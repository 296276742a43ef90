{{ observations_of('asc_expenditure_2016') }}
