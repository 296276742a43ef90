"""Airflow on a server of one machine: started, watched, asked and ended as one."""
