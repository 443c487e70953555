-- What lies in each location, what it is worth, and what was moved out of it within a day.
SELECT stock.location,
       count(*) AS items,
       sum(stock.on_hand) AS pieces,
       round(sum(stock.on_hand * CAST(stock.unit_cost AS numeric)), 2) AS value_eur,
       (SELECT sum(movements.quantity)
        FROM movements
        WHERE movements.from_location = stock.location) AS moved_out
FROM stock
GROUP BY stock.location
ORDER BY stock.location;
