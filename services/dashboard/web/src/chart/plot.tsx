import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { useObservable } from '../app/observable.ts';
import { theme } from '../app/theme.ts';
import { chartOptions, chartStyle } from './chart-options.ts';
import type { ChartColumns } from './chart-points.ts';

interface PlotProps {
  readonly columns: ChartColumns;
  readonly fromMs: number;
  readonly toMs: number;
  readonly flag: boolean;
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onBack: () => void;
  readonly onCursor: (index: number | null) => void;
}

const heightPx = 200;

/** uPlot, in a place of fixed height. */
export function Plot(props: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const [chart, setChart] = useState<uPlot | null>(null);
  const shown = useObservable(theme);

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    let made: uPlot | undefined;
    let live = true;
    const observer = new ResizeObserver(() => {
      made?.setSize({ width: element.clientWidth, height: heightPx });
    });
    void import('uplot').then(({ default: Chart }) => {
      if (!live) return;
      const options = chartOptions(
        {
          width: element.clientWidth,
          height: heightPx,
          style: chartStyle(element),
          flag: props.flag,
          onZoom: (from, to) => latest.current.onZoom(from, to),
          onBack: () => latest.current.onBack(),
          onCursor: (index) => latest.current.onCursor(index),
        },
        Chart.paths.stepped?.({ align: 1 }),
      );
      made = new Chart(options, [[], [], [], []], element);
      observer.observe(element);
      setChart(made);
    });
    return () => {
      live = false;
      observer.disconnect();
      made?.destroy();
      setChart(null);
    };
  }, [props.flag, shown]);

  useEffect(() => {
    if (!chart) return;
    const { times, values, lows, highs } = props.columns;
    chart.batch(() => {
      chart.setData([times, values, lows, highs], false);
      chart.setScale('x', { min: props.fromMs / 1000, max: props.toMs / 1000 });
    });
  }, [chart, props.columns, props.fromMs, props.toMs]);

  return <div class="plot" ref={place} style={{ height: `${heightPx}px` }} />;
}
