import { render } from 'preact';
import { Page } from './app/page.tsx';
import { loadReference } from './app/reference.ts';
import { feed } from './app/scene.ts';
import { followTime } from './timeline/past.ts';

const place = document.getElementById('page');
if (place) render(<Page />, place);
followTime();
void loadReference();
feed.open();
